# Draws accuracy-resnet8-cifar10-test.svg; run: gnuplot accuracy-resnet8-cifar10-test.gp
if (!exists('out')) out = 'accuracy-resnet8-cifar10-test.svg'
set encoding utf8
set terminal svg size 852,480 noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,13' background '#ffffff'
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
set label 'cifar10-resnet8-ablation: accuracy against achieved BitOPs' at screen 0.015, screen 0.9625 left font ',15'
set label 'resnet8 on cifar10, split test: 10,000 images; bars: 95 % intervals; rows of one budget stand side by side' at screen 0.015, screen 0.9187 left font ',12' tc rgb '#505050'
set xlabel 'achieved GBitOPs per image (ends_8x8)'
set ylabel 'top-1 accuracy (%)'
set key outside right top Left reverse samplen 2 spacing 1.2
set xrange [0.120538:0.224394]
set yrange [77.059:84.900]
set object rectangle from graph 0, first 83.0344 to graph 1, first 84.4797 fc rgb '#eeeeee' fs solid noborder behind
$row0 << EOD
0.132021 80.0833 77.5657 82.6010
0.212630 81.9700 80.4539 83.4861
EOD
$seeds0 << EOD
0.132021 78.9800
0.132021 80.4400
0.132021 80.8300
0.212630 81.3500
0.212630 82.1800
0.212630 82.3800
EOD
$row1 << EOD
0.131590 80.5967 79.0811 82.1123
0.210234 82.1500 81.2825 83.0175
EOD
$seeds1 << EOD
0.131590 80.6200
0.131590 81.1300
0.131590 80.0400
0.210234 82.3100
0.210234 81.9000
0.210234 82.2400
EOD
$row2 << EOD
0.131160 79.9200 77.5904 82.2496
0.214128 81.6633 80.0874 83.2393
EOD
$seeds2 << EOD
0.131160 80.9400
0.131160 79.5600
0.131160 79.2600
0.214128 82.2800
0.214128 81.5600
0.214128 81.1500
EOD
$row3 << EOD
0.135448 80.2267 77.4795 82.9739
0.215664 81.6700 79.6838 83.6562
EOD
$seeds3 << EOD
0.135448 78.9900
0.135448 80.8100
0.135448 80.8800
0.215664 82.3600
0.215664 80.8700
0.215664 81.7800
EOD
plot 83.7700 with lines lc rgb '#555555' lw 1.5 dt 2 title 'Float 83.77 %', \
     $row0 using 1:2 with lines lt 1 lw 0.8 dt 3 notitle, \
     $row0 using 1:2:3:4 with yerrorbars lt 1 lw 1.5 title 'all parts', \
     $row1 using 1:2 with lines lt 2 lw 0.8 dt 3 notitle, \
     $row1 using 1:2:3:4 with yerrorbars lt 2 lw 1.5 title 'scheduler off', \
     $row2 using 1:2 with lines lt 3 lw 0.8 dt 3 notitle, \
     $row2 using 1:2:3:4 with yerrorbars lt 3 lw 1.5 title 'mitigation off', \
     $row3 using 1:2 with lines lt 4 lw 0.8 dt 3 notitle, \
     $row3 using 1:2:3:4 with yerrorbars lt 4 lw 1.5 title 'all off', \
     $seeds0 using 1:2 with points pt 6 ps 0.5 lw 1 lc rgb '#202020' title 'each seed', \
     $seeds1 using 1:2 with points pt 6 ps 0.5 lw 1 lc rgb '#202020' notitle, \
     $seeds2 using 1:2 with points pt 6 ps 0.5 lw 1 lc rgb '#202020' notitle, \
     $seeds3 using 1:2 with points pt 6 ps 0.5 lw 1 lc rgb '#202020' notitle
