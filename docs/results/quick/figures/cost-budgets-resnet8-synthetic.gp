# Draws cost-budgets-resnet8-synthetic.svg; run: gnuplot cost-budgets-resnet8-synthetic.gp
if (!exists('out')) out = 'cost-budgets-resnet8-synthetic.svg'
set encoding utf8
set terminal svg size 892,460 noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,13' background '#ffffff'
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
set label 'quick: total cost of serving several budgets' at screen 0.015, screen 0.9609 left font ',15'
set label 'resnet8 on synthetic; prepare once + deploy for each budget' at screen 0.015, screen 0.9152 left font ',12' tc rgb '#505050'
set xlabel 'number of budgets'
set ylabel 'image passes (millions)'
set xrange [0.8:10.2]
set yrange [0:*]
set xtics 1
set key outside right top Left reverse samplen 3 spacing 1.2
$row0 << EOD
1 0.025600
2 0.051200
3 0.076800
4 0.102400
5 0.128000
6 0.153600
7 0.179200
8 0.204800
9 0.230400
10 0.256000
EOD
$row1 << EOD
1 0.054272
2 0.079872
3 0.105472
4 0.131072
5 0.156672
6 0.182272
7 0.207872
8 0.233472
9 0.259072
10 0.284672
EOD
$row2 << EOD
1 0.046080
2 0.092160
3 0.138240
4 0.184320
5 0.230400
6 0.276480
7 0.322560
8 0.368640
9 0.414720
10 0.460800
EOD
$row3 << EOD
1 0.348544
2 0.451328
3 0.554112
4 0.656896
5 0.759680
6 0.862464
7 0.965248
8 1.068032
9 1.170816
10 1.273600
EOD
$row4 << EOD
1 0.334080
2 0.422400
3 0.510720
4 0.599040
5 0.687360
6 0.775680
7 0.864000
8 0.952320
9 1.040640
10 1.128960
EOD
plot $row0 using 1:2 with linespoints lt 1 dt 1 title 'LSQ', \
     $row1 using 1:2 with linespoints lt 2 dt 2 title 'HAWQ', \
     $row2 using 1:2 with linespoints lt 3 dt 3 title 'Random', \
     $row3 using 1:2 with linespoints lt 4 dt 4 title 'RFQuant', \
     $row4 using 1:2 with linespoints lt 5 dt 1 title 'One-shot, parts off'
