# Draws accuracy-resnet8-synthetic-holdout.svg; run: gnuplot accuracy-resnet8-synthetic-holdout.gp
if (!exists('out')) out = 'accuracy-resnet8-synthetic-holdout.svg'
set encoding utf8
set terminal svg size 892,480 noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,13' background '#ffffff'
set output out
set decimalsign '.'
set linetype 1 lc rgb '#0072B2' lw 2 pt 7 ps 0.8
set linetype 2 lc rgb '#D55E00' lw 2 pt 5 ps 0.8
set linetype 3 lc rgb '#009E73' lw 2 pt 9 ps 1.0
set linetype 4 lc rgb '#CC79A7' lw 2 pt 11 ps 1.0
set linetype 5 lc rgb '#E69F00' lw 2 pt 13 ps 1.0
set linetype 6 lc rgb '#56B4E9' lw 2 pt 15 ps 0.9
set linetype 7 lc rgb '#000000' lw 2 pt 3 ps 0.9
set linetype 8 lc rgb '#808080' lw 2 pt 2 ps 0.9
set linetype cycle 8
set border 3 lc rgb '#606060'
set tics nomirror out scale 0.6 tc rgb '#202020'
set grid ytics lc rgb '#dddddd' lw 0.6 lt 1
set tmargin 4.2
set label 'quick: accuracy against achieved BitOPs' at screen 0.015, screen 0.9625 left font ',15'
set label 'resnet8 on synthetic, split holdout: 512 images; bars: 95 % intervals; rows of one budget stand side by side' at screen 0.015, screen 0.9187 left font ',12' tc rgb '#505050'
set xlabel 'achieved GBitOPs per image (ends_8x8)'
set ylabel 'top-1 accuracy (%)'
set key outside right top Left reverse samplen 2 spacing 1.2
set xrange [0.119327:0.227571]
set yrange [90.440:98.340]
set object rectangle from graph 0, first 94.2771 to graph 1, first 97.6116 fc rgb '#eeeeee' fs solid noborder behind
$row0 << EOD
0.132139 96.0938 94.0437 97.4573
0.214715 96.2891 94.2771 97.6116
EOD
$seeds0 << EOD
EOD
$row1 << EOD
0.129791 95.3125 93.1201 96.8301
0.211187 95.3125 93.1201 96.8301
EOD
$seeds1 << EOD
EOD
$row2 << EOD
0.134521 93.3594 90.8637 95.2093
0.215917 95.7031 93.5800 97.1455
EOD
$seeds2 << EOD
EOD
$row3 << EOD
0.133352 96.6797 94.7473 97.9168
0.217107 96.2891 94.2771 97.6116
EOD
$seeds3 << EOD
EOD
$row4 << EOD
0.132184 95.1172 92.8913 96.6711
0.217118 96.4844 94.5116 97.7648
EOD
$seeds4 << EOD
EOD
plot 96.2891 with lines lc rgb '#555555' lw 1.5 dt 2 title 'Float 96.29 %', \
     $row0 using 1:2 with lines lt 1 lw 0.8 dt 3 notitle, \
     $row0 using 1:2:3:4 with yerrorbars lt 1 lw 1.5 title 'LSQ', \
     $row1 using 1:2 with lines lt 2 lw 0.8 dt 3 notitle, \
     $row1 using 1:2:3:4 with yerrorbars lt 2 lw 1.5 title 'HAWQ', \
     $row2 using 1:2 with lines lt 3 lw 0.8 dt 3 notitle, \
     $row2 using 1:2:3:4 with yerrorbars lt 3 lw 1.5 title 'Random', \
     $row3 using 1:2 with lines lt 4 lw 0.8 dt 3 notitle, \
     $row3 using 1:2:3:4 with yerrorbars lt 4 lw 1.5 title 'RFQuant', \
     $row4 using 1:2 with lines lt 5 lw 0.8 dt 3 notitle, \
     $row4 using 1:2:3:4 with yerrorbars lt 5 lw 1.5 title 'One-shot, parts off'
